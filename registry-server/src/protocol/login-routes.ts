import { randomBytes, randomUUID } from 'node:crypto';
import { errors } from '../errors.ts';
import {
  confirmSession,
  deleteSession,
  deleteToken,
  findAccount,
  findSession,
  findToken,
  insertSession,
} from '../store/accounts.ts';
import { recordAudit } from '../store/records.ts';
import { hashToken } from '../trust/token-text.ts';
import { loginPage, messagePage } from '../pages/login-page.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { isSecondFactor } from '../app/second-factor.ts';
import { checkLogin } from './login.ts';
import { createAccount } from './create-account.ts';
import { longestLife, mintToken } from './mint-token.ts';
import { fields, text } from './body-fields.ts';

const minute = 60_000;
const loginMinutes = 10;
const confirmed = 'confirmed';
const html = { 'content-type': 'text/html; charset=utf-8' } as const;

/** Logging in and out: on a web page, and the way CouchDB did. */
export const loginRoutes: readonly Route[] = [
  { method: 'POST', path: '/-/v1/login', access: 'public', body: smallBody, handler: beginWebLogin },
  { method: 'GET', path: '/-/v1/done/:id', access: 'public', handler: pollSession },
  { method: 'GET', path: '/-/login/:id', access: 'public', handler: showLogin },
  {
    method: 'POST',
    path: '/-/login/:id',
    access: 'public',
    body: smallBody,
    media: 'form',
    handler: confirmLogin,
  },
  {
    method: 'PUT',
    path: '/-/user/org.couchdb.user\\::name',
    access: 'public',
    body: smallBody,
    handler: couchLogin,
  },
  {
    method: 'PUT',
    path: '/-/user/org.couchdb.user\\::name/-rev/:rev',
    access: 'public',
    body: smallBody,
    handler: couchLogin,
  },
  { method: 'GET', path: '/-/user/org.couchdb.user\\::name', access: 'account', handler: showUser },
  { method: 'DELETE', path: '/-/user/token/:token', access: 'account', handler: logOut },
];

async function beginWebLogin({ registry }: Call): Promise<Reply> {
  const id = randomUUID();
  const expires = new Date(registry.settings.now().getTime() + loginMinutes * minute).toISOString();
  await registry.database.write((sql) =>
    insertSession(sql, { id, kind: 'login', account: null, proof: null, expires }),
  );
  const { url } = registry;
  return { body: { loginUrl: `${url}/-/login/${id}`, doneUrl: `${url}/-/v1/done/${id}` } };
}

/** What a client asks again and again while a person is on the page. */
async function pollSession({ registry, params: { id = '' } }: Call): Promise<Reply> {
  const { database } = registry;
  const session = await findSession(database, id, nowOf(registry));
  if (!session) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'login', name: id });
  if (session.proof !== confirmed || session.account === null)
    return { status: 202, headers: { 'retry-after': '1' }, body: {} };
  const { account } = session;
  if (session.kind === 'otp') {
    const proof = randomBytes(24).toString('base64url');
    await database.write((sql) => confirmSession(sql, id, account, hashToken(proof)));
    return { body: { token: proof } };
  }
  return database.write(async (sql) => {
    await deleteSession(sql, id);
    const rights = { level: 'publish' } as const;
    const minted = await mintToken(registry, sql, {
      account,
      kind: 'login',
      label: 'web login',
      rights,
      hours: longestLife.publish,
    });
    return { body: { token: minted.text } };
  });
}

async function showLogin({ registry, params: { id = '' } }: Call): Promise<Reply> {
  const session = await findSession(registry.database, id, nowOf(registry));
  if (!session || session.proof !== null)
    return {
      status: 404,
      headers: html,
      body: messagePage('This login is over', 'Start again from the command line.'),
    };
  return { headers: html, body: loginPage({ kind: session.kind }) };
}

async function confirmLogin({ registry, request, params: { id = '' }, body }: Call): Promise<Reply> {
  const { database } = registry;
  const session = await findSession(database, id, nowOf(registry));
  if (!session || session.proof !== null)
    return {
      status: 404,
      headers: html,
      body: messagePage('This login is over', 'Start again from the command line.'),
    };
  const form = fields(body);
  const again = (problem: string): Reply => ({
    status: 401,
    headers: html,
    body: loginPage({ kind: session.kind, problem }),
  });
  const otp = text(form, 'otp', '');
  try {
    const account =
      session.kind === 'otp' && session.account !== null
        ? await findAccount(database, session.account)
        : await checkLogin(registry, request, text(form, 'name', ''), text(form, 'password', ''));
    if (!account) return again('The account is gone.');
    if (account.totp !== null && !(await isSecondFactor(registry, account, otp)))
      return again('The one-time password is wrong, or was used before.');
    await database.write((sql) => confirmSession(sql, id, account.name, confirmed));
  } catch (error) {
    return again(error instanceof Error ? error.message : 'It did not work.');
  }
  return {
    headers: html,
    body: messagePage('Done', 'You may close this page and go back to the command line.'),
  };
}

/** Logs in by name and password; where sign-up is open, a new name makes an account. */
async function couchLogin({ registry, request, params: { name = '' }, body }: Call): Promise<Reply> {
  const { database, settings } = registry;
  const sent = fields(body);
  const password = text(sent, 'password');
  if (text(sent, 'name', name) !== name)
    throw errors.AF_REGISTRY_REQUEST({ reason: '"name" is another than the one in its address.' });
  // Where sign-up is closed, an unknown name is answered as a wrong password is.
  if (settings.signUp === 'open' && !(await findAccount(database, name)))
    await createAccount(registry, { name, password, email: text(sent, 'email', `${name}@localhost`) }, name);
  const account = await checkLogin(registry, request, name, password);
  if (account.totp !== null) {
    const given = request.headers['npm-otp'];
    if (typeof given !== 'string' || !(await isSecondFactor(registry, account, given)))
      throw errors.AF_REGISTRY_OTP_NEEDED({});
  }
  const hours = longestLife.publish;
  const minted = await database.write((sql) =>
    mintToken(registry, sql, {
      account: name,
      kind: 'login',
      label: 'login',
      rights: { level: 'publish' },
      hours,
    }),
  );
  return { status: 201, body: { ok: true, id: `org.couchdb.user:${name}`, rev: '1-0', token: minted.text } };
}

async function showUser({ registry, params: { name = '' } }: Call): Promise<Reply> {
  const found = await findAccount(registry.database, name);
  if (!found) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name });
  return {
    body: { _id: `org.couchdb.user:${name}`, _rev: '1-0', name, email: found.email, type: 'user', roles: [] },
  };
}

async function logOut({ registry, params: { token = '' }, caller }: AccountCall): Promise<Reply> {
  const found = await findToken(registry.database, hashToken(token));
  if (!found || found.account !== caller.account.name)
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'token', name: 'of yours like that' });
  await registry.database.write(async (sql) => {
    await deleteToken(sql, found.account, found.id);
    const actor = caller.account.name;
    await recordAudit(sql, { at: nowOf(registry), actor, action: 'token.revoked', subject: found.id });
  });
  return { body: { ok: true } };
}
