"""The trusted instrument: it starts servers, drives them, and judges what it measured."""
