"""Every message is answered or owed here, whatever wire it came by."""
