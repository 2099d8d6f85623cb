// A thing of every kind that an address can name, made for one person: what `/documents/{id}` and the like
// are filled with. A path that is not listed takes the id of the job.
export const idsOf = async (person, job) => {
  const session = (await person.must(200, 'GET', '/sessions')).body.items.find((s) => s.current).id
  const byPrefix = { '/documents': job.document_id, '/sessions': session }
  const idFor = (path) => byPrefix[Object.keys(byPrefix).find((prefix) => path.startsWith(`${prefix}/`))] ?? job.id
  return {
    all: [job.id, ...Object.values(byPrefix)],
    fill: (path) => path.replaceAll(/{([^}]+)}/g, (_, name) => (name === 'n' ? '1' : idFor(path))),
  }
}
