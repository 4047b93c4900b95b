// Uploads that tell how far they are. A browser tells what left of a body only of the older kind of request, so these go
// beside the client; what they answer is the same, for `unwrap`.

import { Unreachable, type Answer, type Watcher } from './client'

export interface UploadOptions {
  language: string
  signal: AbortSignal
  watcher?: Watcher
  /** Bytes of the body that left this computer, and all that will; the last call says that all of them have. */
  onSent: (sent: number, all: number) => void
  /** How long nothing may move while the body leaves, in milliseconds. */
  patience?: number
  /** How long the server may take for what it was sent, in milliseconds. */
  thought?: number
  request?: () => XMLHttpRequest
}

/** Sends a form to an address of the API. A line that does not carry, or a server that says nothing, is `Unreachable`. */
export function upload<D>(address: string, form: FormData, options: UploadOptions): Promise<Answer<D>> {
  const { patience = 60_000, thought = 600_000, signal } = options
  const request = options.request?.() ?? new XMLHttpRequest()
  const ended = options.watcher?.begin()
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>
    const wait = (howLong: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => fail(new Unreachable(true), false), howLong)
    }
    const giveUp = () => fail(new DOMException('given up', 'AbortError'), true)
    const end = (answered: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      ended?.(answered)
    }
    const fail = (error: unknown, isWanted: boolean) => {
      request.onerror = null
      request.abort()
      end(isWanted)
      reject(error)
    }
    request.upload.onprogress = ({ loaded, total }) => {
      wait(patience)
      options.onSent(loaded, total)
    }
    request.upload.onload = ({ total }) => {
      wait(thought)
      options.onSent(total, total)
    }
    request.onerror = () => fail(new Unreachable(false), false)
    request.onload = () => {
      end(true)
      const response = new Response(null, { status: request.status })
      const body: unknown = parse(request.responseText)
      resolve(response.ok ? { data: body as D, response } : { error: body, response })
    }
    signal.addEventListener('abort', giveUp)
    request.open('POST', address)
    request.setRequestHeader('Accept-Language', options.language)
    wait(patience)
    request.send(form)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
