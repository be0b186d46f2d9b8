"""A small HubSpot: sign-in, properties, records and batches, search, associations, lists, marketing events."""
