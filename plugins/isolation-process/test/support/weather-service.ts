import { createServer } from 'node:http';

/** What a request looked like when it arrived. */
interface SeenRequest {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A weather service on this machine, and what it was asked. */
export interface WeatherService {
  readonly url: string;
  readonly host: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Starts it; it knows Oslo alone. */
export async function startWeatherService(): Promise<WeatherService> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    seen.push({ url, authorization: request.headers.authorization });
    const isKnown = new URL(url, 'http://x').searchParams.get('city') === 'Oslo';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? { kelvin: 280.15, said: request.headers.authorization } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
