"""Enrichment: what can be found out about a lead without asking anybody, in a waterfall of sources."""
