"""What an official may see and do, audited. Read models only; their shapes are the API's."""
