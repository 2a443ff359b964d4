"""Makes images in a real Quay's database, as Quay's own test data are made; run by scripts/real-quay in Quay's source.

Arguments: images, as `acme/app:v1`. Organizations that are missing are made, owned by quayadmin.
"""

import sys

import initdb
from data import model


def main(images):
    owner = model.user.get_user("quayadmin")
    generate = getattr(initdb, "__generate_repository")
    for image in images:
        name, _, tag = image.partition(":")
        namespace, _, repository = name.partition("/")
        try:
            organization = model.organization.get_organization(namespace)
        except model.InvalidOrganizationException:
            organization = model.organization.create_organization(namespace, f"{namespace}@example.com", owner)
        generate(organization, repository, "", False, [], (1, [], tag))


if __name__ == "__main__":
    main(sys.argv[1:])
