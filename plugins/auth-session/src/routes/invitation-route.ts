import { allows, checkGivable, type HttpRoute } from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import { everythingOf, isFresh } from '../may-invite.ts';
import type { SessionAuthParts } from '../session-auth.ts';
import { answerOf, exactly, text, time } from './session-schemas.ts';

/** Makes links with which members set their password. */
export function invitationRoute({
  accounts,
  passwords,
  invitations,
}: Pick<SessionAuthParts, 'accounts' | 'passwords' | 'invitations'>): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/members/{account}/invitation',
    operationId: 'inviteMember',
    secretAnswer: true,
    summary: 'Make a link with which a member sets a password, once.',
    description:
      'An account is the same in all its tenants. So where the member has a password already, or belongs to other ' +
      'tenants too, only whoever manages accounts of the platform may make one; a second factor goes with it. It ' +
      'holds for as long as whoever made it could make it again.',
    tag: 'Members',
    permission: 'members:write',
    params: exactly({
      account: { type: 'string', minLength: 1, maxLength: 100, description: 'Id of the account.' },
    }),
    responses: {
      201: answerOf(
        'The link. Give it to the person and to nobody else.',
        exactly({ url: text, expiresAt: time }),
        {
          url: 'https://factory.example/api/v1/auth/accept#kzN6yYpW1o0o9b6cNf0J0m7mA4Qy2eYw2S3H5t8u1vQ',
          expiresAt: 1_764_633_600_000,
        },
      ),
    },
    errors: { AF_SESSION_INVITATION_REFUSED: errorTable.AF_SESSION_INVITATION_REFUSED },
    rate: 'write',
    handler: async ({ params: { account = '' }, principal }) => {
      const rights = await accounts.rights(account, principal.tenant);
      if (!rights || rights.kind !== 'user')
        throw errors.AF_SESSION_INVITATION_REFUSED({
          reason: 'nobody of that id is a person and a member of the tenant',
          mend: 'See GET /api/v1/members for those who are.',
        });
      // Whoever can set a password can be that person.
      checkGivable(principal, everythingOf(rights));
      const isMine = await isFresh({ accounts, passwords }, account, principal.tenant);
      if (!isMine && !allows(principal, 'accounts:write'))
        throw errors.AF_SESSION_INVITATION_REFUSED({
          reason: 'the member has a password already, or belongs to other tenants too',
          mend: 'Ask whoever manages the platform.',
        });
      const { url, expiresAt } = await invitations.make(account, principal.id);
      return { status: 201, body: { url, expiresAt } };
    },
  };
}
