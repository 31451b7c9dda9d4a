/** Configuration of the HTTP API. */
export interface HttpApiConfig {
  /** Address to listen on. Default `127.0.0.1`; anything but a loopback address needs an auth plugin. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. Default 7070. */
  readonly port: number;
  /** Largest request body, in bytes. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Milliseconds a request may take, event streams excepted. Default 330,000. */
  readonly requestTimeoutMs: number;
  /** Milliseconds between comments that keep an idle event stream open. Default 15,000. */
  readonly heartbeatMs: number;
}
