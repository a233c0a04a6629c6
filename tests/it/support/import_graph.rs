//! The graph of imports between source files, and its cycles.
//!
//! An edge leads from a file to the file that defines an item it names: by `use`, by a path from `crate` or
//! `super`, or by a path through a child module. Re-exports are followed to the definition and are no edges
//! themselves, since they make a name reachable without using it. Test modules are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type ModulePath = Vec<String>;

/// A name that a `use` brings into a file.
struct Binding {
    name: String,
    target: ModulePath,
    is_reexport: bool,
}

struct File {
    path: PathBuf,
    module: ModulePath,
    bindings: Vec<Binding>,
    /// The code outside `use` declarations.
    body: String,
}

/// The imports between the files below one folder.
pub(crate) struct ImportGraph {
    files: Vec<File>,
    modules: BTreeMap<ModulePath, usize>,
}

impl ImportGraph {
    /// Builds the graph of `files`, given by their paths below the source folder and their code without
    /// comments and test modules.
    pub(crate) fn new(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let files: Vec<File> = files
            .into_iter()
            .map(|(path, code)| {
                let module = module_path(&path);
                let (bindings, body) = split_uses(&code);
                File {
                    path,
                    module,
                    bindings,
                    body,
                }
            })
            .collect();
        let modules = files.iter().enumerate();
        let modules = modules
            .map(|(place, file)| (file.module.clone(), place))
            .collect();
        Self { files, modules }
    }

    /// Groups of files that import each other, directly or through others; each group sorted.
    pub(crate) fn cycles(&self) -> Vec<Vec<&Path>> {
        let edges: Vec<BTreeSet<usize>> = self.files.iter().map(|file| self.imports(file)).collect();
        let reach: Vec<BTreeSet<usize>> = (0..edges.len()).map(|from| reachable(&edges, from)).collect();
        let mut done = BTreeSet::new();
        let mut cycles = Vec::new();
        for (place, reached) in reach.iter().enumerate() {
            let cycle: Vec<usize> = reached
                .iter()
                .copied()
                .filter(|&other| reach[other].contains(&place))
                .collect();
            if cycle.len() > 1 && done.insert(cycle.clone()) {
                cycles.push(
                    cycle
                        .iter()
                        .map(|&place| self.files[place].path.as_path())
                        .collect(),
                );
            }
        }
        cycles
    }

    /// The files that a file imports from.
    pub(crate) fn imports_of(&self, path: &Path) -> Vec<&Path> {
        let file = self.files.iter().find(|file| file.path == path);
        let imports = file.map(|file| self.imports(file)).unwrap_or_default();
        imports
            .iter()
            .map(|&place| self.files[place].path.as_path())
            .collect()
    }

    fn imports(&self, file: &File) -> BTreeSet<usize> {
        let used = file
            .bindings
            .iter()
            .filter(|binding| !binding.is_reexport || names(&file.body, &binding.name))
            .map(|binding| binding.target.clone());
        let inline = inline_paths(&file.body).into_iter().filter(|path| {
            // A path that does not start at `crate` or `super` counts if it starts at a child module.
            let first = path.first().map(String::as_str);
            matches!(first, Some("crate" | "super")) || self.child(file, path).is_some()
        });
        let targets: Vec<ModulePath> = used.chain(inline).collect();
        let resolved = targets.iter().filter_map(|target| self.resolve(file, target, 0));
        resolved
            .filter(|&place| self.files[place].path != file.path)
            .collect()
    }

    fn child(&self, file: &File, path: &[String]) -> Option<usize> {
        let mut child = file.module.clone();
        child.push(path.first()?.clone());
        self.modules.get(&child).copied()
    }

    /// The file that defines the item at `path`, as named in `file`. `None` for items of other crates.
    fn resolve(&self, file: &File, path: &[String], depth: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let mut module = file.module.clone();
        let rest = match first.as_str() {
            "crate" => {
                module.clear();
                rest
            }
            "self" => rest,
            "super" => {
                module.pop();
                let supers = rest.iter().take_while(|segment| *segment == "super").count();
                module.truncate(module.len().saturating_sub(supers));
                &rest[supers..]
            }
            _ => {
                self.child(file, path)?;
                path
            }
        };
        for segment in rest {
            let mut child = module.clone();
            child.push(segment.clone());
            if self.modules.contains_key(&child) {
                module = child;
                continue;
            }
            let place = *self.modules.get(&module)?;
            let defining = &self.files[place];
            let binding = defining.bindings.iter().find(|binding| binding.name == *segment);
            return match binding.filter(|_| depth < 8) {
                Some(binding) => self.resolve(defining, &binding.target, depth + 1).or(Some(place)),
                None => Some(place),
            };
        }
        self.modules.get(&module).copied()
    }
}

fn reachable(edges: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        open.extend(edges[next].iter().filter(|&&edge| reached.insert(edge)));
    }
    reached
}

fn module_path(path: &Path) -> ModulePath {
    let mut parts: ModulePath = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// The `use` declarations of a file, and its other code.
fn split_uses(code: &str) -> (Vec<Binding>, String) {
    let mut bindings = Vec::new();
    let mut body = String::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let declaration = line.trim_start();
        if declaration.ends_with(';') && declaration.contains("mod ") {
            continue;
        }
        let is_reexport = declaration.starts_with("pub");
        let unqualified = match declaration.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(')').map_or(rest, |(_, rest)| rest),
            Some(rest) => rest,
            None => declaration,
        };
        let Some(tree) = unqualified.trim_start().strip_prefix("use ") else {
            body.push_str(line);
            body.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(next) = lines.next() else { break };
            tree.push_str(next);
        }
        let tree: String = tree.chars().take_while(|&c| c != ';').collect();
        flatten(&tree, &[], is_reexport, &mut bindings);
    }
    (bindings, body)
}

/// The names of a `use` tree.
fn flatten(tree: &str, prefix: &[String], is_reexport: bool, bindings: &mut Vec<Binding>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let mut prefix = prefix.to_vec();
        prefix.extend(segments(&tree[..open]));
        let inside = tree[open + 1..].trim_end().trim_end_matches('}');
        for branch in branches(inside) {
            flatten(branch, &prefix, is_reexport, bindings);
        }
        return;
    }
    let (path, alias) = match tree.split_once(" as ") {
        Some((path, alias)) => (path, Some(alias.trim().to_owned())),
        None => (tree, None),
    };
    let mut target = prefix.to_vec();
    target.extend(segments(path));
    if target.last().is_some_and(|last| last == "self" || last == "*") {
        target.pop();
    }
    if let Some(last) = target.last().cloned() {
        bindings.push(Binding {
            name: alias.unwrap_or(last),
            target,
            is_reexport,
        });
    }
}

fn segments(path: &str) -> Vec<String> {
    let segments = path.split("::").map(str::trim);
    segments
        .filter(|segment| !segment.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The parts of a braced list, split at its own commas.
fn branches(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut branches) = (0_usize, 0, Vec::new());
    for (place, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                branches.push(&list[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    branches.push(&list[start..]);
    branches.retain(|branch| !branch.trim().is_empty());
    branches
}

/// Every path of at least two segments in the code.
fn inline_paths(body: &str) -> Vec<ModulePath> {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = body.split(|c: char| !inside(c));
    let paths = words.filter(|word| word.contains("::") && !word.starts_with(':'));
    paths.map(segments).filter(|path| path.len() > 1).collect()
}

fn names(body: &str, name: &str) -> bool {
    body.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}
