"""What holds for every CRM: one suite, run for each provider against its simulated vendor.

A capability that a vendor lacks is declared in its provider; its tests are not made for that vendor (nothing is
skipped), and what the screens say instead is tested.
"""
