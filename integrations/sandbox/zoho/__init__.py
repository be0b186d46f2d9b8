"""The simulated Zoho CRM: two data centres, one organisation in each."""
