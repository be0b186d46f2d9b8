"""A small Salesforce: sign-in, describe, SOQL, single and collection writes, composite, campaigns, switches."""
