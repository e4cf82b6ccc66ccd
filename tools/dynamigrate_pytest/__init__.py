"""A pytest plugin: fixtures and assertions for tests of migrations."""
