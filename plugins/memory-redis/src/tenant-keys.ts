/** Where a tenant's conversations lie. */
export interface TenantKeys {
  /** What is known of a conversation. */
  hash(conversation: string): string;
  /** Its messages. */
  list(conversation: string): string;
  /** Conversations by when they were added to. */
  readonly recent: string;
  /** Conversations by when they will be over. */
  readonly expiry: string;
}

/** The tenant in braces puts all of its keys into one slot of a cluster, where a script can use them together. */
export function tenantKeys(prefix: string, tenant: string): TenantKeys {
  const base = `${prefix}{${tenant}}:`;
  return {
    hash: (conversation) => `${base}c:${conversation}`,
    list: (conversation) => `${base}m:${conversation}`,
    recent: `${base}recent`,
    expiry: `${base}expiry`,
  };
}
