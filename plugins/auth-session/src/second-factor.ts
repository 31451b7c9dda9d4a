import { randomBytes } from 'node:crypto';
import { loginSessionErrors, type SealedText, type Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { errors } from './errors.ts';
import type { SessionTables } from './session-tables.ts';
import { base32, totpStep } from './totp.ts';

/** Second factors of accounts. */
export interface SecondFactor {
  isOn(account: string): Promise<boolean>;
  /** A new secret, which counts once a code of it was given. */
  begin(account: string, label: string): Promise<{ readonly secret: string; readonly uri: string }>;
  confirm(account: string, code: string): Promise<void>;
  /** AF_SESSION_CODE_WRONG, also for a code that was used before. */
  check(account: string, code: string): Promise<void>;
  remove(account: string): Promise<void>;
}

export function createSecondFactor(storage: Storage, sealed: SealedText | undefined): SecondFactor {
  const db = queryBuilder<SessionTables>(storage);
  const box = (): SealedText => {
    if (!sealed) throw errors.AF_SESSION_SECOND_FACTOR_OFF({});
    return sealed;
  };
  const rowOf = (account: string) =>
    db.selectFrom('af_auth_session_totps').selectAll().where('account', '=', account).executeTakeFirst();

  /** Each code holds once, whichever process it is given to. */
  const use = async (account: string, code: string, confirmed: 0 | 1): Promise<void> => {
    const row = await rowOf(account);
    const isTheOne = row && row.confirmed === confirmed;
    const step = isTheOne ? totpStep(box().open(row.secret, account), code, Date.now()) : undefined;
    if (step === undefined) throw loginSessionErrors.AF_SESSION_CODE_WRONG({});
    const { numUpdatedRows } = await db
      .updateTable('af_auth_session_totps')
      .set({ last_step: step, confirmed: 1 })
      .where('account', '=', account)
      .where('last_step', '<', step)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw loginSessionErrors.AF_SESSION_CODE_WRONG({});
  };

  return {
    isOn: async (account) => (await rowOf(account))?.confirmed === 1,
    async begin(account, label) {
      const bytes = randomBytes(20);
      const secret = box().seal(bytes, account);
      if ((await rowOf(account))?.confirmed === 1) throw errors.AF_SESSION_SECOND_FACTOR_THERE({});
      const values = { secret, confirmed: 0, last_step: 0 };
      await db
        .insertInto('af_auth_session_totps')
        .values({ account, ...values })
        .onConflict((on) => on.column('account').doUpdateSet(values))
        .execute();
      const shown = base32(bytes);
      const name = encodeURIComponent(`Agent Factory:${label}`);
      return { secret: shown, uri: `otpauth://totp/${name}?secret=${shown}&issuer=Agent%20Factory` };
    },
    confirm: (account, code) => use(account, code, 0),
    check: (account, code) => use(account, code, 1),
    async remove(account) {
      await db.deleteFrom('af_auth_session_totps').where('account', '=', account).execute();
    },
  };
}
