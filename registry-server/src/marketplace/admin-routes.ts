import { errors } from '../errors.ts';
import { deleteTokensOf, findAccount, updateAccount } from '../store/accounts.ts';
import { findPackage, updatePackage } from '../store/packages.ts';
import { auditSince, recordAudit, verifyAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { insertAdvisory } from '../store/trust-rows.ts';
import { tufKeyNames } from '../trust/key-folder.ts';
import { shownPin, withAnnounced, withoutAnnounced } from '../trust/author-pin.ts';
import { block, unblock } from '../trust/block-list.ts';
import { requireChange } from '../app/package-rights.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { count, fields, oneOf, text, texts } from '../protocol/body-fields.ts';
import { createAccount } from '../protocol/create-account.ts';
import { refreshPackage } from '../protocol/refresh-package.ts';

const base = '/-/af/v1';
const hour = 3_600_000;
/** Keys of one package that are announced at a time; everybody reads the metadata that tells of them. */
const mostAnnounced = 10;

/** What keeps a registry in order; most of it is for administrators. */
export const adminRoutes: readonly Route[] = [
  { method: 'POST', path: `${base}/accounts`, access: 'admin', body: smallBody, handler: addAccount },
  {
    method: 'POST',
    path: `${base}/accounts/:account/unfreeze`,
    access: 'admin',
    body: smallBody,
    handler: unfreeze,
  },
  {
    method: 'POST',
    path: `${base}/accounts/:account/revoke`,
    access: 'admin',
    body: smallBody,
    handler: revoke,
  },
  { method: 'POST', path: `${base}/blocks`, access: 'admin', body: smallBody, handler: addBlock },
  { method: 'DELETE', path: `${base}/blocks/:id`, access: 'admin', handler: removeBlock },
  { method: 'POST', path: `${base}/advisories`, access: 'admin', body: smallBody, handler: addAdvisory },
  { method: 'GET', path: `${base}/audit`, access: 'admin', handler: readAudit },
  { method: 'POST', path: `${base}/keys/rotate`, access: 'admin', body: smallBody, handler: rotateKey },
  {
    method: 'POST',
    path: `${base}/plugins/:name/author-key`,
    access: 'change',
    body: smallBody,
    handler: announceKey,
  },
];

async function addAccount({ registry, caller, body }: AccountCall): Promise<Reply> {
  const sent = fields(body);
  const name = text(sent, 'name');
  const role = oneOf(sent, 'role', ['member', 'admin'], 'member');
  const [password, email] = [text(sent, 'password'), text(sent, 'email')];
  await createAccount(registry, { name, password, email, role }, caller.account.name);
  return { status: 201, body: { name, role } };
}

async function unfreeze(call: AccountCall): Promise<Reply> {
  return changeAccount(call, 'account.unfrozen', { frozen: null });
}

/** Ends all tokens of an account and lets it publish no more. */
async function revoke(call: AccountCall): Promise<Reply> {
  const reason = text(fields(call.body), 'reason').slice(0, 300);
  const frozen = `an administrator revoked it: ${reason}.`;
  return changeAccount(call, 'account.revoked', { frozen }, deleteTokensOf);
}

async function changeAccount(
  { registry, caller, params }: AccountCall,
  action: string,
  change: Parameters<typeof updateAccount>[2],
  also: (sql: Sql, account: string) => Promise<unknown> = async () => {},
): Promise<Reply> {
  const { account = '' } = params;
  await registry.database.write(async (sql) => {
    if (!(await findAccount(sql, account)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name: account });
    await updateAccount(sql, account, change);
    await also(sql, account);
    await recordAudit(sql, { at: nowOf(registry), actor: caller.account.name, action, subject: account });
  });
  return { body: { ok: true } };
}

async function addBlock({ registry, caller, body }: AccountCall): Promise<Reply> {
  const sent = fields(body);
  const asked = {
    name: text(sent, 'name').slice(0, 214),
    versions: text(sent, 'versions', '*'),
    reason: text(sent, 'reason').slice(0, 300),
  };
  return { status: 201, body: { id: await block(registry, caller.account.name, asked) } };
}

async function removeBlock({ registry, caller, params }: AccountCall): Promise<Reply> {
  await unblock(registry, caller.account.name, params['id'] ?? '');
  return { status: 204 };
}

async function addAdvisory({ registry, caller, body }: AccountCall): Promise<Reply> {
  const sent = fields(body);
  const row = {
    package: text(sent, 'name').slice(0, 214),
    vulnerable: text(sent, 'versions').slice(0, 256),
    severity: oneOf(sent, 'severity', ['info', 'low', 'moderate', 'high', 'critical']),
    title: text(sent, 'title').slice(0, 300),
    url: text(sent, 'url', registry.url).slice(0, 1000),
    cwe: JSON.stringify(texts(sent, 'cwe')),
    created: nowOf(registry),
  };
  const id = await registry.database.write(async (sql) => {
    const made = await insertAdvisory(sql, row);
    const actor = caller.account.name;
    await recordAudit(sql, {
      at: row.created,
      actor,
      action: 'advisory.added',
      subject: row.package,
      detail: { id: made },
    });
    return made;
  });
  return { status: 201, body: { id } };
}

async function readAudit({ registry, query }: AccountCall): Promise<Reply> {
  const lines = await auditSince(
    registry.database,
    count(query, 'since', 0, Number.MAX_SAFE_INTEGER),
    count(query, 'limit', 100, 1000),
  );
  if (query.get('verify') !== 'true') return { body: { lines } };
  return { body: { lines, verified: await verifyAudit(registry.database) } };
}

async function rotateKey({ registry, caller, body }: AccountCall): Promise<Reply> {
  const sent = body === null ? {} : fields(body);
  const role = oneOf(sent, 'role', ['registry', ...tufKeyNames], 'registry');
  const actor = caller.account.name;
  if (role === 'registry') await registry.keys.rotate(actor);
  else await registry.tuf.rotate(role, actor);
  return { status: 201, body: { role, keys: registry.keys.list() } };
}

/** An owner names a new key for a package; it may sign only after some days, in which any owner can withdraw it. */
async function announceKey({ registry, caller, params, body }: AccountCall): Promise<Reply> {
  const { name = '' } = params;
  const sent = fields(body);
  const keyId = text(sent, 'keyId');
  const withdrawn = sent['withdraw'] === true;
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(keyId))
    throw errors.AF_REGISTRY_REQUEST({ reason: '"keyId" is no id of a key.' });
  const { account } = caller;
  // Who has a second factor has shown it: this is no publish.
  if (account.totp === null && !withdrawn) {
    const reason = 'announcing a key needs a second factor, and the account has none.';
    throw errors.AF_REGISTRY_FORBIDDEN({
      account: account.name,
      action: 'change',
      subject: name,
      reason,
    });
  }
  const now = registry.settings.now();
  const from = new Date(now.getTime() + registry.settings.keyChangeHours * hour).toISOString();
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    const row = await findPackage(sql, name);
    const others = Object.keys(shownPin(row)?.announced ?? {}).filter((each) => each !== keyId);
    if (!withdrawn && others.length >= mostAnnounced) {
      const reason = `${mostAnnounced} keys are announced already; withdraw one first.`;
      throw errors.AF_REGISTRY_REQUEST({ reason });
    }
    const { changed, refused } = withdrawn
      ? withoutAnnounced(row, keyId)
      : { changed: withAnnounced(row, keyId, { at: now.toISOString(), from }) };
    if (refused !== undefined) throw errors.AF_REGISTRY_REQUEST({ reason: refused });
    if (changed === undefined) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'key of', name });
    await updatePackage(sql, name, { author_key: changed });
    const actor = account.name;
    // Hosts learn of it by the metadata, and whoever follows by the change feed.
    const edit = withdrawn
      ? { kind: 'key.withdrawn', detail: { keyId } }
      : { kind: 'key.announced', detail: { keyId, from } };
    await refreshPackage(registry, sql, name, { actor, ...edit });
  });
  return { status: 201, body: withdrawn ? { keyId, withdrawn } : { keyId, from } };
}
