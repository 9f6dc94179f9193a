// The head of a table: the names of its columns, and one for the buttons of each row.

export function TableHead({ names }: { names: readonly string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th scope="col" key={name}>
            {name}
          </th>
        ))}
        <th scope="col">
          <span class="vh">Actions</span>
        </th>
      </tr>
    </thead>
  )
}
