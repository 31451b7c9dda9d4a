/** Whom a provider says somebody is. */
export interface Identity {
  readonly issuer: string;
  /** What the issuer calls the person, for good. */
  readonly subject: string;
  /** What people read. */
  readonly label: string;
  readonly name?: string;
  /**
   * In lower case, and only where the provider proves that it is theirs; what a person wrote into a form is no reason to
   * give them somebody's account.
   */
  readonly provenEmail?: string;
}

/** What a login sends along, and gets back. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

/** One way to ask somebody else who a person is. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** Where to send the browser. */
  authorizationUrl(redirectUri: string, secrets: LoginSecrets): Promise<URL>;
  /** Who came back. Throws AF_OIDC_REFUSED, AF_OIDC_PROVIDER_FAILED. */
  identify(callback: URL, secrets: LoginSecrets): Promise<Identity>;
}
