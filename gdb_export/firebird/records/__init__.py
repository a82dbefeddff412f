"""Records: versions, run-length decoding, transactions, blobs, formats, layout."""
