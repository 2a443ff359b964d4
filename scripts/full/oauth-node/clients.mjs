// OAuth and JOSE libraries of Node at the service of oauth.py: reads one JSON command a line from stdin,
// writes one JSON answer a line to stdout: {"value": …} or {"error": {"name", "code", …}}.

import { createInterface } from 'node:readline';
import { createRemoteJWKSet, customFetch, importJWK, jwtVerify } from 'jose';
import * as openid from 'openid-client';

const configurations = new Map();
const keySets = new Map();
let configured = 0;

async function authentication({ method, secret, jwk }) {
  switch (method) {
    case 'client_secret_basic': return openid.ClientSecretBasic(secret);
    case 'client_secret_post': return openid.ClientSecretPost(secret);
    case 'private_key_jwt': return openid.PrivateKeyJwt({ key: await importJWK(jwk), kid: jwk.kid });
    default: throw new Error(`no such method: ${method}`);
  }
}

/** The key set of a URL, kept between calls as a resource server keeps it; counts how often it is fetched. */
function keySetOf(uri) {
  if (!keySets.has(uri)) {
    const kept = { fetched: 0 };
    kept.keys = createRemoteJWKSet(new URL(uri), {
      cooldownDuration: 0,
      [customFetch]: (...request) => { kept.fetched += 1; return fetch(...request); },
    });
    keySets.set(uri, kept);
  }
  return keySets.get(uri);
}

const commands = {
  async discover({ issuer, algorithm, client_id, ...proof }) {
    const configuration = await openid.discovery(
      new URL(issuer), client_id, undefined, await authentication(proof),
      { algorithm, execute: [openid.allowInsecureRequests] });
    configurations.set(String(configured += 1), configuration);
    return { configuration: String(configured), metadata: configuration.serverMetadata() };
  },

  grant({ configuration, parameters }) {
    return openid.clientCredentialsGrant(configurations.get(configuration), parameters);
  },

  exchange({ configuration, parameters }) {
    return openid.genericGrantRequest(
      configurations.get(configuration), 'urn:ietf:params:oauth:grant-type:token-exchange', parameters);
  },

  introspect({ configuration, token }) {
    return openid.tokenIntrospection(configurations.get(configuration), token);
  },

  async revoke({ configuration, token }) {
    await openid.tokenRevocation(configurations.get(configuration), token);
    return null;
  },

  /** The header that openid-client would send for this credential. */
  basic({ client_id, secret }) {
    const headers = new Headers();
    openid.ClientSecretBasic(secret)({}, { client_id }, new URLSearchParams(), headers);
    return headers.get('authorization');
  },

  async verify({ jwks_uri, token, ...checks }) {
    const kept = keySetOf(jwks_uri);
    const { payload, protectedHeader } = await jwtVerify(token, kept.keys, checks);
    return { payload, header: protectedHeader, fetched: kept.fetched };
  },
};

function problem(error) {
  return { name: error.name, code: error.code, error: error.error, status: error.status, message: error.message };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...command } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await commands[name](command) };
  } catch (error) {
    answer = { error: problem(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
