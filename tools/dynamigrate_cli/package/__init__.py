"""``dynamigrate package``: migrations as a plain template and zip files, for apps that are not written with CDK for Python."""
