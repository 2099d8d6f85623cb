// A connection of our own, for what no decent client sends.
import { once } from 'node:events'
import { connect } from 'node:net'

export const dial = async (port) => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.gone = new Promise((resolve) => socket.on('close', resolve))
  return socket
}

// Says all of it, and answers with what came back when the other side closed the connection.
export const speak = async (port, parts, { end = false, seconds = 60 } = {}) => {
  const socket = await dial(port)
  let said = ''
  socket.on('data', (d) => { said += d.toString('latin1') })
  for (const part of [parts].flat()) socket.write(part)
  if (end) socket.end()
  const timer = setTimeout(() => socket.destroy(), seconds * 1000)
  await socket.gone
  clearTimeout(timer)
  return said
}
