import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import { defaultTenant, type Account, type Accounts } from '@agent-factory/sdk/contracts';
import type { Invitations } from './invitations.ts';
import { platformItself } from './may-invite.ts';
import type { Passwords } from './passwords.ts';

/**
 * Where there is nobody yet, makes the owner: administrator of the platform and of its first tenant. Until somebody has
 * a password, each start shows a new link, which holds once.
 */
export async function inviteOwner({
  accounts,
  passwords,
  invitations,
  ownerEmail,
  log,
}: {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly invitations: Invitations;
  readonly ownerEmail: string;
  readonly log: Logger;
}): Promise<void> {
  if (await passwords.areAny()) return;
  const owner = (await accounts.account(ownerEmail)) ?? (await firstAccount(accounts, ownerEmail));
  // Who came by another way needs no link.
  if (!owner || (await passwords.isSet(owner.id))) return;
  if ((await accounts.memberships(owner.id)).length === 0)
    await accounts.setMember(defaultTenant, owner.id, { roles: ['tenant-admin', 'platform-admin'] });
  const { url } = await invitations.make(owner.id, platformItself);
  log.warn('open this link once to set the password of the owner', { url, email: ownerEmail });
}

/** Made only where there is nobody: who came first by another way manages the rest. */
async function firstAccount(accounts: Accounts, email: string): Promise<Account | undefined> {
  if (!(await accounts.isEmpty())) return undefined;
  try {
    return await accounts.create({ kind: 'user', name: 'Owner', email });
  } catch (error) {
    // Another process that started at the same moment was quicker.
    if (isAgentFactoryError(error, 'AF_ACCOUNTS_EMAIL_TAKEN')) return accounts.account(email);
    throw error;
  }
}
