"""The job document in Firestore while an execution works on it."""
