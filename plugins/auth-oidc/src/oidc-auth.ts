import type { CredentialSource, LoginSessions } from '@agent-factory/sdk/contracts';
import type { Attempts, LinkTarget } from './attempts.ts';
import { bindingCookie } from './binding-cookie.ts';
import type { AuthOidcConfig } from './config.ts';
import { errors } from './errors.ts';
import type { Identities } from './identities.ts';
import type { Provider } from './provider.ts';

/** Where to send the browser, and what to have it keep. */
interface BegunLogin {
  readonly url: string;
  readonly cookie: string;
}

/** Logs people in whom somebody else knows. */
export interface OidcAuth {
  readonly providers: readonly Provider[];
  /**
   * `linkTo`: whom the login is to be linked with, and the code of their second factor where they have one.
   * AF_OIDC_PROVIDER_UNKNOWN, AF_OIDC_PROVIDER_FAILED; AF_SESSION_CODE_NEEDED, AF_SESSION_CODE_WRONG.
   */
  begin(
    provider: string,
    wish: { readonly returnTo?: string; readonly linkTo?: LinkTarget & { readonly code?: string } },
  ): Promise<BegunLogin>;
  /** `query`: what stands behind the `?`, as the provider wrote it. */
  end(
    provider: string,
    answer: { readonly query: Readonly<Record<string, string>>; readonly browser: string | undefined },
  ): Promise<{
    readonly returnTo: string;
    readonly account: string;
    readonly headers: Readonly<Record<string, string>>;
  }>;
}

/** What logging in stands on. */
export interface OidcAuthParts {
  readonly providers: readonly Provider[];
  readonly attempts: Attempts;
  readonly identities: Identities;
  readonly sessions: LoginSessions;
  /** Who tells whether the session that asked for a link still holds. */
  readonly sources: readonly CredentialSource[];
  readonly config: AuthOidcConfig;
}

export function createOidcAuth({
  providers,
  attempts,
  identities,
  sessions,
  sources,
  config,
}: OidcAuthParts): OidcAuth {
  const providerOf = (id: string): Provider => {
    const found = providers.find((one) => one.id === id);
    if (!found) throw errors.AF_OIDC_PROVIDER_UNKNOWN({ provider: id.slice(0, 40) });
    return found;
  };
  const redirectUri = (id: string): string => `${config.publicUrl}/api/v1/auth/oidc/${id}/callback`;
  const holds = async ({ account, session }: LinkTarget): Promise<boolean> =>
    (await sources
      .find(({ scheme }) => scheme === 'session')
      ?.holds({ id: session, account }, { exact: true })) ?? false;
  const joinOf = (id: string) => config.providers.find((one) => one.id === id)?.join;

  return {
    providers,
    async begin(id, { returnTo = config.afterLogin, linkTo }) {
      const provider = providerOf(id);
      // A login that is linked is a way in beside the second factor.
      if (linkTo) await sessions.checkSecondFactor(linkTo.account, linkTo.code);
      const { secrets, browser } = await attempts.begin({
        provider: id,
        returnTo,
        ...(linkTo && { linkTo }),
      });
      const url = await provider.authorizationUrl(redirectUri(id), secrets);
      return { url: url.href, cookie: bindingCookie(config, browser) };
    },
    async end(id, { query, browser }) {
      const provider = providerOf(id);
      const { row, secrets } = await attempts.end(id, query['state'], browser);
      const callback = new URL(redirectUri(id));
      callback.search = new URLSearchParams(query).toString();
      const identity = await provider.identify(callback, secrets);
      if (row.account !== null) {
        if (!(await holds({ account: row.account, session: row.session ?? '' })))
          throw errors.AF_OIDC_ATTEMPT_INVALID({});
        await identities.link(identity, id, row.account);
        return { returnTo: row.return_to, account: row.account, headers: {} };
      }
      const account = await identities.accountOf(identity, id, joinOf(id));
      const { headers } = await sessions.begin(account);
      return { returnTo: row.return_to, account, headers };
    },
  };
}
