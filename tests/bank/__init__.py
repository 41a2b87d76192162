"""Services with planted bugs, against which the checks of services and channels are proved."""
