"""All a machine needs to run mobly_sync, started and stopped as one: `manage.py up`, and `Stack` for programs."""
