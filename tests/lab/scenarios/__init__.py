"""One file each: a promise of Faultline's, checked on real hosts. See scenario.py."""
