// Another authorization server (npm oidc-provider) whose access tokens are JWTs (RFC 9068) for whatever resource is
// asked for. Argument: {"issuer": URL or null for its own, "clients": [{"client_id", "client_secret"}], "kid"}.

import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const { issuer, clients, kid } = JSON.parse(process.argv[2]);
const { privateKey } = await generateKeyPair('ES256', { extractable: true });

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer ?? url, {
  clients: clients.map((client) => ({
    ...client, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  })),
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'ES256', use: 'sig', kid }] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => ({
        scope: 'repo:read', audience: resource, accessTokenTTL: 300, accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  scopes: ['repo:read'],
});
server.on('request', provider.callback());
process.stdout.write(`listening on ${url}\n`);
