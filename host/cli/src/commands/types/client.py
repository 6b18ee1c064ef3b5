

class InsulaError(Exception):
    """A refusal: a problem document (RFC 9457)."""

    def __init__(self, status: int, problem: Any) -> None:
        said = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else problem
        super().__init__(f"insula answers {status}: {said}")
        self.status = status
        self.problem = problem
# overloads


def seed(scenario: str, params: Any = None, *, url: Optional[str] = None, key: Optional[str] = None, **options: Any) -> Any:
    """Seeds an island: seed("standard"). INSULA_URL and INSULA_API_KEY are used where url and key are left out."""
    url = url or os.environ.get("INSULA_URL") or "http://127.0.0.1:7357"
    key = key or os.environ.get("INSULA_API_KEY")
    body = {name: value for name, value in options.items() if value is not None}
    body.update(scenario=scenario, params=params or {})
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(f"{url}/api/test/seed", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as refusal:
        raise InsulaError(refusal.code, json.loads(refusal.read() or b"null")) from None
