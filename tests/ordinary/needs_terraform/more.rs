//! Functions and forms that are used more rarely: patterns, dates, addresses, documents, conversions, and mistakes.

use super::dice::Dice;

impl Dice {
    fn json(&mut self, depth: usize) -> String {
        format!("jsonencode({})", self.any(depth))
    }

    pub(super) fn more_text(&mut self, d: usize) -> String {
        let pattern = ["\"[a-z]+\"", "\"(a)(b)?\"", "\"^s3:(?P<what>[A-Z][a-z]+)\"", "\"[^:]*$\"", "\".\""];
        match self.below(34) {
            0 => format!("indent({}, {})", self.below(4), self.text(d)),
            1 => format!("try(tostring(regex({}, {})), \"none\")", self.one(&pattern), self.text(d)),
            2 => format!("jsonencode(regexall({}, {}))", self.one(&pattern), self.text(d)),
            3 => format!("replace({}, \"/[aeiou:]/\", \"<$0>\")", self.text(d)),
            4 => format!("replace({}, \"/(a)(b)?/\", \"$2$1\")", self.text(d)),
            5 => format!("format(\"%q %x %s\", {}, {}, {})", self.text(d), self.below(300), self.json(d)),
            6 => format!(
                "format(\"%+d|%5d|%-5d|%05d|%b|%o|%X|%e|%g\", {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0})",
                self.below(5000)
            ),
            7 => format!("format(\"%[2]s %[1]s %%\", {}, {})", self.text(d), self.text(0)),
            8 => format!("sha512({})", self.text(d)),
            9 => format!("base64sha256({})", self.text(d)),
            10 => format!("base64sha512({})", self.text(d)),
            11 => format!("base64decode(base64encode({}))", self.text(d)),
            12 => format!(
                "formatdate(\"YYYY-MM-DD'T'hh:mm:ssZ EEE MMM\", timeadd(\"2024-02-28T22:10:09Z\", \"{}h\"))",
                self.below(99)
            ),
            13 => format!("timeadd(\"2023-12-31T23:59:00Z\", \"{}m\")", self.below(2000)),
            14 => format!("cidrhost(\"10.1.0.0/{}\", {})", 16 + self.below(9), self.below(200)),
            15 => format!("cidrnetmask(\"10.0.0.0/{}\")", self.below(33)),
            16 => format!(
                "join(\",\", cidrsubnets(\"10.0.0.0/8\", {}, {}, {}))",
                1 + self.below(6),
                1 + self.below(6),
                1 + self.below(6)
            ),
            17 => format!("uuidv5(\"dns\", {})", self.text(d)),
            18 => format!("yamlencode({})", self.any(d)),
            19 => format!("jsonencode(yamldecode(yamlencode({})))", self.any(d)),
            20 => format!("jsonencode(jsondecode({}))", self.json(d)),
            21 => format!("jsonencode(csvdecode(\"a,b\\n{},2\\n\\\"x,y\\\",z\\n\"))", self.below(9)),
            22 => format!("basename(\"/p/{}\")", self.below(9)),
            23 => format!("dirname(\"/p/q/{}\")", self.below(9)),
            24 => format!("\"%{{ for x in {} }}<${{x}}>%{{ endfor }}\"", self.texts(d)),
            25 => format!("\"a%{{ if {} ~}}  yes %{{~ else ~}} no %{{ endif }}z\"", self.truth(d)),
            26 => format!("(<<-EOT\n    one ${{{}}}\n      two\n    EOT\n)", self.text(d)),
            27 => format!("join(\"-\", [for s in {} : strrev(s)])", self.texts(d)),
            28 => format!("substr({}, -{}, {})", self.text(d), 1 + self.below(3), self.below(3)),
            29 => format!("coalesce(null, {}, \"end\")", self.text(d)),
            30 => format!("one(slice(concat({}, [\"p\"]), 0, 1))", self.texts(d)),
            31 => format!("tostring({})", self.truth(d)),
            32 => format!("urlencode({})", self.json(d)),
            _ => format!("format(\"%v\", {})", self.text(d)),
        }
    }

    pub(super) fn more_number(&mut self, d: usize) -> String {
        match self.below(14) {
            0 => format!("parseint(\"{}\", {})", self.below(2), 2 + self.below(30)),
            1 => format!("pow({}, {})", self.below(9), self.below(5)),
            2 => format!("signum({})", self.number(d)),
            3 => format!("min({}, {})", self.number(d), self.number(d)),
            4 => format!("floor(log({}, 10))", 1 + self.below(900)),
            5 => format!("index(concat({}, [\"zz\"]), \"zz\")", self.texts(d)),
            6 => format!("length({})", self.map(d)),
            7 => format!("tonumber(\"{}\")", self.one(&["1", "2.50", "-0", "1e2", "0x1", ""])),
            8 => format!("({} ? {} : {})", self.truth(d), self.number(d), self.number(d)),
            9 => format!("length(setproduct({}, {}))", self.texts(d), self.texts(d)),
            10 => format!("length(range({}))", self.below(20)),
            11 => format!("-({})", self.number(d)),
            12 => format!("sum(concat([0], [for s in {} : length(s)]))", self.texts(d)),
            _ => format!("length(distinct({}))", self.texts(d)),
        }
    }

    pub(super) fn more_truth(&mut self, d: usize) -> String {
        match self.below(14) {
            0 => format!("alltrue([{}, {}])", self.truth(d), self.truth(d)),
            1 => format!("anytrue([{}, {}])", self.truth(d), self.truth(d)),
            2 => format!("endswith({}, {})", self.text(d), self.text(0)),
            3 => format!("strcontains({}, {})", self.text(d), self.text(0)),
            4 => format!("({} == {})", self.texts(d), self.texts(d)),
            5 => format!("({} != {})", self.map(d), self.map(d)),
            6 => format!("(toset({}) == toset({}))", self.texts(d), self.texts(d)),
            7 => format!("can(tonumber({}))", self.text(d)),
            8 => format!("({} == null)", self.text(d)),
            9 => format!("tobool({})", self.one(&["\"true\"", "\"false\"", "true", "\"0\""])),
            10 => format!("({} >= {})", self.number(d), self.number(d)),
            11 => format!("contains(keys({}), {})", self.map(d), self.text(0)),
            12 => format!("({} == {})", self.any(d), self.any(d)),
            _ => format!("can({})", self.refusable(d)),
        }
    }

    pub(super) fn more_texts(&mut self, d: usize) -> String {
        match self.below(16) {
            0 => format!("coalescelist({}, [\"last\"])", self.texts(d)),
            1 => format!("[for s in {} : s if s != \"\"]", self.texts(d)),
            2 => format!("tolist(setintersection({}, {}))", self.texts(d), self.texts(d)),
            3 => format!("tolist(toset({}))", self.texts(d)),
            4 => format!("matchkeys({0}, {0}, [\"a\", \"b\"])", self.texts(d)),
            5 => format!("[for p in setproduct({}, [\"x\", \"y\"]) : join(\"/\", p)]", self.texts(d)),
            6 => format!("flatten(chunklist({}, 2))", self.texts(d)),
            7 => format!("[for k, v in {} : \"${{k}}:${{v}}\"]", self.map(d)),
            8 => format!("[for v in [{{ n = {} }}, {{ n = {} }}] : v.n]", self.text(d), self.text(d)),
            9 => format!("[{{ n = {} }}, {{ n = {} }}][*].n", self.text(d), self.text(d)),
            10 => format!("({} ? {} : [])", self.truth(d), self.texts(d)),
            11 => format!("split(\"\", {})", self.text(d)),
            12 => format!("formatlist(\"%s-%s\", {}, {})", self.text(0), self.texts(d)),
            13 => format!("sort(values({}))", self.map(d)),
            14 => format!("[for n in range(0, {}) : tostring(n)]", self.below(5)),
            _ => format!("concat([[], {}]...)", self.texts(d)),
        }
    }

    pub(super) fn more_map(&mut self, d: usize) -> String {
        match self.below(7) {
            0 => format!("{{ for s in distinct({}) : s => upper(s) if s != \"\" }}", self.texts(d)),
            1 => format!("tomap({{ a = {}, b = {} }})", self.text(d), self.text(d)),
            2 => format!("{{ ({}) = {} }}", self.text(0), self.text(d)),
            3 => format!("({} ? {} : {{}})", self.truth(d), self.map(d)),
            4 => format!("merge([{}, {}]...)", self.map(d), self.map(d)),
            5 => format!("{{ for k, v in {} : k => v }}", self.map(d)),
            _ => format!("try({}.none, {{ z = {} }})", self.map(d), self.text(d)),
        }
    }

    /// Values of every shape, in each other.
    pub(super) fn whole(&mut self, d: usize) -> String {
        match self.below(12) {
            0 => format!("{{ for s in {} : substr(s, 0, 1) => s... }}", self.texts(d)),
            1 => format!("[for v in [{}, {}] : v]", self.number(d), self.text(d)),
            2 => format!("flatten([[{}], [[{}]], {}])", self.number(d), self.truth(d), self.texts(d)),
            3 => format!("transpose({{ a = {}, b = {} }})", self.texts(d), self.texts(d)),
            4 => format!("setproduct({}, [{}, {}])", self.texts(d), self.number(d), self.number(d)),
            5 => format!("merge({{ a = {} }}, {{ b = [{}] }}, null)", self.any(d), self.any(d)),
            6 => format!("[{}, null, {{ n = null, t = {} }}]", self.text(d), self.truth(d)),
            7 => format!("concat([{}], {}, [{}])", self.number(d), self.texts(d), self.truth(d)),
            8 => format!("toset([{}, {}, {}])", self.number(d), self.text(d), self.number(d)),
            9 => format!("({} ? {} : null)", self.truth(d), self.any(d)),
            10 => format!("[for i, v in [{}, {}] : {{ (v) = i }}]", self.text(d), self.text(d)),
            _ => format!("zipmap(distinct({0}), distinct({0}))", self.texts(d)),
        }
    }

    /// What Terraform refuses, now and then or always.
    pub(super) fn refusable(&mut self, d: usize) -> String {
        match self.below(14) {
            0 => format!("tonumber({})", self.text(d)),
            1 => format!("{}[{}]", self.texts(d), self.below(3)),
            2 => format!("{}[\"a\"]", self.map(d)),
            3 => format!("{}.a", self.map(d)),
            4 => format!("tobool({})", self.text(d)),
            5 => format!("regex(\"^a+$\", {})", self.text(d)),
            6 => format!("one({})", self.texts(d)),
            7 => format!("slice({}, 0, 2)", self.texts(d)),
            8 => format!("element({}, {})", self.texts(d), self.below(4)),
            9 => format!("({} + {})", self.text(d), self.number(d)),
            10 => format!("{{ for s in {} : s => s }}", self.texts(d)),
            11 => format!("jsondecode({})", self.text(d)),
            12 => format!("base64decode({})", self.text(d)),
            _ => format!("parseint({}, 16)", self.text(d)),
        }
    }
}
