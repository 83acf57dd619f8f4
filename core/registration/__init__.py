"""One record for each NIK and campaign, held by its person or claimed until she comes.

`identity.decide` alone says which record an intent belongs to and what may change. The store keeps
intent, record, address, history and notices in one transaction; the same intent has the same
outcome for ever. Codes prove an address; the registry is asked and updated outside the turn. Lists
of staff are staged, and recorded beside the turns; files of evidence are kept for an official.
"""
