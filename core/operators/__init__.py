"""What an operator may see and do, audited; the views are the API's."""
