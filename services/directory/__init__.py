"""Directory: who and where. Places, people by pseudonyms, what they may be, and their tokens."""

from services.directory import api, keys, reactions
from services.directory.login import barring, install_login, outbox
from services.directory.person import people
from services.directory.place import communities, sub_districts
from services.directory.tree import Buildings, Contracts, Trees
from services.directory.views import Communities, Contacts, People, SubDistricts
from shared.service import Service

service = Service(
    name="directory",
    router=api.router,
    about=__doc__,
    aggregates=(sub_districts, communities, people),
    views=(SubDistricts, Communities, Trees, Buildings, People, Contacts, Contracts),
    reactions=reactions.reactions,
    installs=(keys.install_keys, install_login),
    leads={
        "keys": keys.follow,
        "keys to Kafka": keys.tell,
        "bars": barring.follow,
        "outbox": outbox.tell,
    },
)
