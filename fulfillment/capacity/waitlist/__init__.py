"""Who waits for slots, and how what comes free is handed out to them."""
