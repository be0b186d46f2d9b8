"""The simulated Pipedrive: two companies behind one OAuth host."""
