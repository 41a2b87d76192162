"""Things of the user's as subjects, one flat file each; none knows another."""
