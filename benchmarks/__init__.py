"""Programs that measure speed and quality; the tests never run them."""
