import { randomBytes, randomUUID } from 'node:crypto';
import { errors } from '../errors.ts';
import { newestChange } from '../store/records.ts';
import {
  deleteWebhook,
  insertWebhook,
  updateWebhook,
  webhooksOf,
  type WebhookRow,
} from '../store/webhooks.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';
import { fields, text } from '../protocol/body-fields.ts';

const base = '/-/af/v1/webhooks';
const mostWebhooks = 20;

/** Who wants to be told of changes. */
export const webhookRoutes: readonly Route[] = [
  { method: 'GET', path: base, access: 'account', handler: listWebhooks },
  { method: 'POST', path: base, access: 'change', body: smallBody, handler: addWebhook },
  { method: 'DELETE', path: `${base}/:id`, access: 'change', handler: removeWebhook },
  { method: 'POST', path: `${base}/:id/resume`, access: 'change', handler: resumeWebhook },
];

async function listWebhooks({ registry, caller }: AccountCall): Promise<Reply> {
  const rows = await webhooksOf(registry.database, caller.account.name);
  return { body: { webhooks: rows.map(shownWebhook) } };
}

/** The secret is in this answer alone. */
async function addWebhook(call: AccountCall): Promise<Reply> {
  const { registry, caller, body } = call;
  const sent = fields(body);
  const account = caller.account.name;
  const address = text(sent, 'url').slice(0, 2000);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw errors.AF_REGISTRY_REQUEST({ reason: '"url" must be a web address without credentials.' });
  const name = text(sent, 'package', '');
  if (name !== '') await requireReadable(call, name);
  if ((await webhooksOf(registry.database, account)).length >= mostWebhooks)
    throw errors.AF_REGISTRY_REQUEST({ reason: `an account has at most ${mostWebhooks} webhooks.` });
  const row = {
    id: randomUUID(),
    account,
    url: url.href,
    package: name || null,
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    created: nowOf(registry),
    told: await newestChange(registry.database),
  };
  await registry.database.write((sql) => insertWebhook(sql, row));
  return { status: 201, body: { id: row.id, url: row.url, package: row.package, secret: row.secret } };
}

async function removeWebhook({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { id = '' } = params;
  if (!(await registry.database.write((sql) => deleteWebhook(sql, caller.account.name, id))))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'webhook of yours', name: id.slice(0, 100) });
  return { body: { ok: true } };
}

/** Goes on with one that was given up: what happened meanwhile is told now. */
async function resumeWebhook({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { id = '' } = params;
  const found = (await webhooksOf(registry.database, caller.account.name)).find((one) => one.id === id);
  if (!found) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'webhook of yours', name: id.slice(0, 100) });
  const fresh = { attempts: 0, due: nowOf(registry), problem: null, stopped: null };
  await registry.database.write((sql) => updateWebhook(sql, id, fresh));
  return { body: { ok: true } };
}

function shownWebhook({ secret: _kept, account: _own, ...row }: WebhookRow): object {
  return row;
}
