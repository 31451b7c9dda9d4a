import dns from 'node:dns';

/** Has this process find no host but this machine: nothing that a peer sends home is sent. Costs nothing on 127.0.0.1. */
export function lookUpNobody(): void {
  dns.lookup = ((host: string, ...rest: readonly unknown[]) => {
    const answer = rest.at(-1) as (error: Error) => void; // the last argument of every form of it
    process.nextTick(answer, Object.assign(new Error(`${host} is not looked up`), { code: 'ENOTFOUND' }));
  }) as typeof dns.lookup; // it never finds anything
}
