import { randomUUID } from 'node:crypto';
import { errors } from '../errors.ts';
import {
  closeReport,
  deleteReview,
  hideReview,
  insertReport,
  openReports,
  openReportsBy,
  putReview,
  ratingOf,
  reviewsOf,
  type ReviewRow,
} from '../store/community.ts';
import { recordAudit } from '../store/records.ts';
import { permissionFor } from '../app/package-rights.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';
import { count, fields, oneOf, text, type Fields } from '../protocol/body-fields.ts';

const base = '/-/af/v1';
const plugin = `${base}/plugins/:name`;
const longestTitle = 120;
const longestBody = 4_000;
/** Reports one account may have open, so that nobody buries the rest. */
const mostOpenReports = 20;

/** What people say of plugins, and what they want looked at. */
export const reviewRoutes: readonly Route[] = [
  { method: 'GET', path: `${plugin}/reviews`, access: 'public', handler: listReviews },
  { method: 'PUT', path: `${plugin}/reviews/mine`, access: 'change', body: smallBody, handler: writeReview },
  { method: 'DELETE', path: `${plugin}/reviews/mine`, access: 'change', handler: withdrawReview },
  {
    method: 'POST',
    path: `${plugin}/reviews/:account/visibility`,
    access: 'admin',
    body: smallBody,
    handler: moderateReview,
  },
  { method: 'POST', path: `${plugin}/reports`, access: 'change', body: smallBody, handler: report },
  { method: 'GET', path: `${base}/reports`, access: 'admin', handler: listReports },
  { method: 'POST', path: `${base}/reports/:id`, access: 'admin', body: smallBody, handler: decideReport },
];

async function listReviews(call: Call): Promise<Reply> {
  const { registry, params, query } = call;
  const { name = '' } = params;
  await requireReadable(call, name);
  const [from, size] = [count(query, 'from', 0, 100_000), count(query, 'size', 20, 100)];
  const reviews = await reviewsOf(registry.database, name, from, size);
  return {
    body: { name, rating: await ratingOf(registry.database, name), reviews: reviews.map(shownReview) },
  };
}

/** One review for each account and plugin: writing again changes it. Nobody reviews what they may publish. */
async function writeReview(call: AccountCall): Promise<Reply> {
  const { registry, caller, params, body } = call;
  const { name = '' } = params;
  const account = caller.account.name;
  const row = await requireReadable(call, name);
  if ((await permissionFor(registry.database, name, account)) === 'read-write') {
    const reason = 'those who publish it do not review it.';
    throw errors.AF_REGISTRY_FORBIDDEN({ account, action: 'review', subject: name, reason });
  }
  const sent = fields(body);
  const { rating } = sent;
  if (typeof rating !== 'number' || !Number.isInteger(rating) || rating < 1 || rating > 5)
    throw errors.AF_REGISTRY_REQUEST({ reason: '"rating" must be a whole number from 1 to 5.' });
  const now = nowOf(registry);
  const version = (JSON.parse(row.tags) as Record<string, string>)['latest'] ?? ''; // written as such
  const review = {
    package: name,
    account,
    rating,
    title: shortText(sent, 'title', longestTitle),
    body: shortText(sent, 'text', longestBody),
    version,
    created: now,
    changed: now,
  };
  await registry.database.write((sql) => putReview(sql, review));
  return { status: 201, body: { ok: true, review: shownReview(review) } };
}

async function withdrawReview({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { name = '' } = params;
  const account = caller.account.name;
  if (!(await registry.database.write((sql) => deleteReview(sql, name, account))))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'review of yours of', name });
  return { body: { ok: true } };
}

async function moderateReview({ registry, caller, params, body }: AccountCall): Promise<Reply> {
  const { name = '', account = '' } = params;
  const sent = fields(body);
  const isShown = oneOf(sent, 'visibility', ['shown', 'hidden']) === 'shown';
  const reason = isShown ? null : shortText(sent, 'reason', longestBody);
  await registry.database.write(async (sql) => {
    if (!(await hideReview(sql, name, account, reason)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: `review of ${name} by`, name: account });
    await recordAudit(sql, {
      at: nowOf(registry),
      actor: caller.account.name,
      action: isShown ? 'review.shown' : 'review.hidden',
      subject: name,
      detail: { account, reason },
    });
  });
  return { body: { ok: true } };
}

async function report(call: AccountCall): Promise<Reply> {
  const { registry, caller, params, body } = call;
  const { name = '' } = params;
  await requireReadable(call, name);
  const sent = fields(body);
  const account = caller.account.name;
  if ((await openReportsBy(registry.database, account)) >= mostOpenReports) {
    const reason = `${mostOpenReports} of your reports have not been looked at yet.`;
    throw errors.AF_REGISTRY_FORBIDDEN({ account, action: 'report', subject: name, reason });
  }
  const row = {
    id: randomUUID(),
    package: name,
    version: text(sent, 'version', '').slice(0, 128) || null,
    review: text(sent, 'review', '').slice(0, 128) || null,
    account,
    kind: oneOf(sent, 'kind', ['malware', 'security', 'impersonation', 'licence', 'abuse', 'other']),
    body: shortText(sent, 'text', longestBody),
    created: nowOf(registry),
  };
  await registry.database.write(async (sql) => {
    await insertReport(sql, row);
    await recordAudit(sql, {
      at: row.created,
      actor: account,
      action: 'report.made',
      subject: name,
      detail: { id: row.id, kind: row.kind },
    });
  });
  return { status: 201, body: { ok: true, id: row.id } };
}

async function listReports({ registry, query }: AccountCall): Promise<Reply> {
  return { body: { reports: await openReports(registry.database, count(query, 'size', 50, 200)) } };
}

async function decideReport({ registry, caller, params, body }: AccountCall): Promise<Reply> {
  const { id = '' } = params;
  const sent = fields(body);
  const outcome = oneOf(sent, 'outcome', ['upheld', 'dismissed']);
  const answer = shortText(sent, 'answer', longestBody);
  const closed = nowOf(registry);
  await registry.database.write(async (sql) => {
    if (!(await closeReport(sql, id, { outcome, answer, closed })))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'open report', name: id.slice(0, 100) });
    const detail = { outcome, answer };
    await recordAudit(sql, {
      at: closed,
      actor: caller.account.name,
      action: 'report.closed',
      subject: id,
      detail,
    });
  });
  return { body: { ok: true } };
}

/** A review as others see it. */
function shownReview({
  account,
  rating,
  title,
  body,
  version,
  created,
  changed,
}: Omit<ReviewRow, 'hidden'>): object {
  return { account, rating, title, text: body, version, created, changed };
}

function shortText(from: Fields, name: string, most: number): string {
  const found = text(from, name, '').normalize('NFC').trim();
  if (found.length === 0 || found.length > most)
    throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" must be a text of 1 to ${most} characters.` });
  return found;
}
