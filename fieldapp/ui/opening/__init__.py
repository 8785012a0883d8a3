"""Before a vault is open: welcome, making one, unlocking, and the way back in with the recovery phrase."""
