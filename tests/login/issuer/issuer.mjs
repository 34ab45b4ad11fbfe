// node issuer.mjs PORT CALLBACK: the OpenID Foundation's certified provider with one client; anybody signs in as whom
// they say. Signs with a key of its own for each time it is started.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [, , port, callback] = process.argv;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: `key-${Date.now()}` };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'shangliang',
    client_secret: 'a secret of the tests',
    redirect_uris: [callback],
    id_token_signed_response_alg: 'ES256',
  }],
  cookies: { keys: ['cookies of the tests'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  jwks: { keys: [key] },
  pkce: { required: () => true },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
