// A port of 127.0.0.1 at which nobody listens. It lies below those that the kernel gives to connections
// (32768 and up), so none of them takes it before it is listened at, and above 10080, which browsers refuse.
import { randomInt } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const freePort = async () => {
  for (;;) {
    const port = randomInt(11_000, 32_000)
    const server = createServer()
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)))
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) console.log(await freePort())
