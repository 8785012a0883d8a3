"""What attached files are, and small pictures of them: bytes in, bytes out, and no file is ever written."""
