"""What the packer at the bench sees: what a scan means, the steps of a parcel, and how the goods lie in the carton."""
