"""The product's settings for a fault run; read before Django is."""

# Everything that waits in production waits a moment here; what a setting cannot shorten, `healing` does.
SETTINGS = {
    "LANE_LEASE_SECONDS": "2",
    "LANE_SLICE_SECONDS": "2",
    "HTTP_CONNECT_TIMEOUT": "2",
    "HTTP_READ_TIMEOUT": "2",
    # A slow drip takes about a second: longer than this.
    "HTTP_DEADLINE": "0.8",
    "ENRICHMENT_PATIENCE_SECONDS": "1",
    # Small batches: several calls to be cut, several claims to be lost.
    "SALESFORCE_ROWS_PER_REQUEST": "6",
    "HUBSPOT_ROWS_PER_REQUEST": "6",
    "ZOHO_ROWS_PER_REQUEST": "6",
    "PIPEDRIVE_REQUESTS_AT_ONCE": "3",
    "DEBUG": "true",
}
