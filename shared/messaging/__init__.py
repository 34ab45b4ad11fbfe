"""Kafka between the services' logs: relay, inbox, parking."""

from shared.messaging.cloudevents import topic_of
from shared.messaging.inbox import Inbox, install_inbox
from shared.messaging.parking import parked_count
from shared.messaging.relay import Relay
from shared.messaging.topics import create_topics, kept_for

__all__ = ["Inbox", "Relay", "create_topics", "install_inbox", "kept_for", "parked_count", "topic_of"]
