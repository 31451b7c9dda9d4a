import type { Accounts, LoginSessions, Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { JoinRule } from './config.ts';
import { errors } from './errors.ts';
import { chance, hashOf, type IdentityRow, type OidcTables } from './oidc-tables.ts';
import type { Identity } from './provider.ts';

/** Which login at a provider is whose. */
export interface Identities {
  /**
   * The account of a login. One that is not known is linked only where its email is proven and names an account nobody
   * was ever in with, or where `join` makes one. AF_OIDC_NOT_LINKED, AF_OIDC_ACCOUNT_REFUSED.
   */
  accountOf(identity: Identity, provider: string, join: JoinRule | undefined): Promise<string>;
  /** Links a login with an account. AF_OIDC_LINKED_ELSEWHERE. */
  link(identity: Identity, provider: string, account: string): Promise<void>;
  list(account: string): Promise<readonly IdentityRow[]>;
  /** AF_OIDC_IDENTITY_UNKNOWN; AF_OIDC_LAST_WAY. */
  unlink(id: string, account: string): Promise<void>;
}

export function createIdentities({
  storage,
  accounts,
  sessions,
}: {
  readonly storage: Storage;
  readonly accounts: Accounts;
  readonly sessions: LoginSessions;
}): Identities {
  const db = queryBuilder<OidcTables>(storage);

  const find = ({ issuer, subject }: Identity): Promise<IdentityRow | undefined> =>
    db
      .selectFrom('af_auth_oidc_identities')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();

  const list = (account: string): Promise<readonly IdentityRow[]> =>
    db
      .selectFrom('af_auth_oidc_identities')
      .selectAll()
      .where('account', '=', account)
      .orderBy('created_at')
      .orderBy('id')
      .execute();

  const link: Identities['link'] = async ({ issuer, subject, label }, provider, account) => {
    const row = { id: chance(12), issuer, subject, account, provider, label: label.slice(0, 254) };
    await db
      .insertInto('af_auth_oidc_identities')
      .values({ ...row, created_at: Date.now() })
      .onConflict((on) => on.columns(['issuer', 'subject']).doNothing())
      .execute();
    if ((await find({ issuer, subject, label }))?.account !== account)
      throw errors.AF_OIDC_LINKED_ELSEWHERE({});
  };

  /**
   * One that was made for them, and that nobody was in with: else whoever was would share it from now on. It is theirs
   * before the login is linked, so that where a link to set a password is used at this moment one of the two comes first.
   */
  const invited = async (email: string, by: string): Promise<string | undefined> => {
    const account = await accounts.account(email);
    if (!account || account.email !== email || account.kind !== 'user' || account.disabled) return undefined;
    const isFresh = (await list(account.id)).length === 0 && (await sessions.claim(account.id, by));
    return isFresh ? account.id : undefined;
  };

  /** Who was let in once and is not any more is known, and does not come here again. */
  const newcomer = async (
    { email, name, by }: { readonly email: string; readonly name: string; readonly by: string },
    join: JoinRule | undefined,
  ): Promise<string | undefined> => {
    const [local, domain = '', ...more] = email.split('@');
    const isEmail = local !== '' && more.length === 0;
    const mayJoin = isEmail && join?.domains.includes(domain) === true;
    let account = await invited(email, by);
    if (mayJoin && account === undefined && !(await accounts.account(email))) {
      await accounts.create({ kind: 'user', name: name.slice(0, 100), email });
      account = await invited(email, by);
    }
    if (mayJoin && account !== undefined && (await accounts.memberships(account)).length === 0)
      await accounts.setMember(join.tenant, account, { roles: join.roles });
    return account;
  };

  return {
    async accountOf(identity, provider, join) {
      let account = (await find(identity))?.account;
      const { issuer, subject, provenEmail: email, name = email ?? '' } = identity;
      const by = hashOf(`${issuer}\n${subject}`);
      if (account === undefined && email !== undefined) {
        account = await newcomer({ email, name, by }, join);
        if (account !== undefined) await link(identity, provider, account);
      }
      if (account === undefined) throw errors.AF_OIDC_NOT_LINKED({});
      if (!(await accounts.rights(account)))
        throw errors.AF_OIDC_ACCOUNT_REFUSED({ caller: callerOf(account) });
      // Also where its mark was lost.
      await sessions.claim(account, by);
      return account;
    },
    link,
    list,
    async unlink(id, account) {
      const all = await list(account);
      if (!all.some((one) => one.id === id)) throw errors.AF_OIDC_IDENTITY_UNKNOWN({ id: id.slice(0, 40) });
      if (all.length === 1 && !(await sessions.hasPassword(account))) throw errors.AF_OIDC_LAST_WAY({});
      await db
        .deleteFrom('af_auth_oidc_identities')
        .where('id', '=', id)
        .where('account', '=', account)
        .execute();
    },
  };
}

function callerOf(id: string) {
  return { id, kind: 'user' as const };
}
