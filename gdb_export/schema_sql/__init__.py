"""The data definition of a database as a script for isql: `schema.sql`."""
