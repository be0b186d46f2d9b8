"""Small, faithful servers of the vendors, with switches for everything that goes wrong there.

Standard library, werkzeug, cryptography and Django's template engine; nothing of the project. See `vendor.Vendor`
for what a vendor must say, and `server.SandboxServer` for how to serve one.
"""
