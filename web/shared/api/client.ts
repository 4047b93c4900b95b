// The public API as TypeScript. Types come from mobile-client-spec/openapi.json; what a call answers is either its data
// or thrown as one of two errors: `ApiProblem`, a refusal of the server, or `Unreachable`.

import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type ProblemDocument = Schemas['Problem']
export type ErrorCode = Schemas['ErrorCode']
export type Api = Client<paths>

/** A refusal of the server. Programs look at `code`, people read `words`. */
export class ApiProblem extends Error {
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(problem.code)
    this.name = 'ApiProblem'
    this.problem = problem
  }

  get code(): ErrorCode {
    return this.problem.code
  }
}

/** The server could not be reached, or did not answer in time. */
export class Unreachable extends Error {
  readonly slow: boolean

  constructor(slow: boolean) {
    super(slow ? 'no answer in time' : 'no connection')
    this.name = 'Unreachable'
    this.slow = slow
  }
}

export interface Watcher {
  /** A request begins; what it returns is called when the answer's head came, or did not. */
  begin: () => (answered: boolean) => void
}

export interface ClientOptions {
  baseUrl?: string
  language: () => string
  watcher?: Watcher
  /** How long to wait for an answer, in milliseconds. */
  patience?: number
  fetch?: typeof fetch
  /** An answer to a request that was sent before the scripts were there. */
  early?: (request: Request) => Promise<Response> | undefined
}

/** A client of the API. */
export function createApi(options: ClientOptions): Api {
  const api = createClient<paths>({
    baseUrl: options.baseUrl ?? '',
    credentials: 'same-origin',
    fetch: (request) => fetchWatched(request, options),
  })
  api.use({
    onRequest({ request }) {
      request.headers.set('Accept-Language', options.language())
    },
  })
  return api
}

async function fetchWatched(request: Request, options: ClientOptions): Promise<Response> {
  const ended = options.watcher?.begin()
  const abort = new AbortController()
  let slow = false
  const timer = setTimeout(() => {
    slow = true
    abort.abort()
  }, options.patience ?? 60_000)
  const giveUp = () => abort.abort()
  request.signal.addEventListener('abort', giveUp)
  try {
    const send = () => (options.fetch ?? fetch)(request, { signal: abort.signal })
    const response = await (options.early?.(request)?.catch(send) ?? send())
    ended?.(true)
    return response
  } catch (error) {
    const wanted = request.signal.aborted
    ended?.(wanted)
    if (wanted) throw error
    throw new Unreachable(slow)
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', giveUp)
  }
}

/** What a call of the client resolves to: the data, or the refusal. */
export interface Answer<D> {
  data?: D
  error?: unknown
  response: Response
}

/** The data of an answer; a refusal is thrown as `ApiProblem`. */
export async function unwrap<D>(answering: Promise<Answer<D>>): Promise<D> {
  const { data, error, response } = await answering
  if (response.ok) return data as D
  throw new ApiProblem(isProblem(error) ? error : unknownProblem(response))
}

function isProblem(error: unknown): error is ProblemDocument {
  return typeof error === 'object' && error !== null && 'code' in error && 'words' in error
}

/** What stands between us and the server answered in its place. */
function unknownProblem(response: Response): ProblemDocument {
  const words = { zh: `服务器回应异常（${response.status}）`, en: `The server answered strangely (${response.status})` }
  return {
    type: 'urn:tepai:problem:unknown', code: 'unknown', status: response.status, title: words.en, words,
    retry: 'later', user_action: 'ask_office',
  }
}
