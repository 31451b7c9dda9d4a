import { Accounts } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print } from '../terminal.ts';

/** Options of `auth explain`. */
export interface ExplainAccessOptions {
  readonly tenant: string;
  /** One thing, as routes name it. */
  readonly on?: string;
  readonly json?: boolean;
}

/** `agent-factory auth explain`: whether an account may do something, and what decides it. */
export async function explainAccess(
  account: string,
  permission: string,
  options: CommonOptions & ExplainAccessOptions,
): Promise<boolean> {
  const { tenant, on, json } = options;
  // The HTTP API tells what permissions there are, so it serves for a moment, on a port nobody knows.
  const explanation = await withPlatform(
    options,
    async (kernel) => {
      let accounts: Accounts;
      try {
        accounts = kernel.use(Accounts);
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
        const plugin = '@agent-factory/plugin-accounts-sql';
        throw errors.AF_CLI_NO_STORAGE({ contract: Accounts.id, plugin }, { cause: error });
      }
      const id = (await accounts.account(account))?.id ?? account;
      return accounts.explain(id, { tenant, permission, ...(on !== undefined && { resource: on }) });
    },
    'free',
  );
  if (json) print(JSON.stringify(explanation, null, 2));
  else {
    print(explanation.allowed ? paint('green', 'allowed') : paint('red', 'not allowed'));
    for (const reason of explanation.reasons) print(`  ${reason}`);
  }
  return explanation.allowed;
}
