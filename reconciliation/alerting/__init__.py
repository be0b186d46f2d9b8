"""Sync Error rules: who is told what, when, and only when something changed.

`rhythm` and `change` are pure; `standing` reads how an organization stands; `digest` puts it into words; `channels`
send; `sending` claims what is due, looks, sends and settles; `rules` is what admins do.
"""
